"""How is onnxruntime loaded without it telling anybody?

From version 1.29 its published builds send usage events to their maker and keep a device id in the user's cache folder,
starting with the import. Its documented way out is an environment variable that is set before.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType


def load_onnxruntime() -> ModuleType:
    """The library, with its telemetry off: no events, no device id, no uploading thread."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    onnxruntime = importlib.import_module("onnxruntime")
    onnxruntime.disable_telemetry_events()  # Windows builds before 1.29 ask here instead
    return onnxruntime
