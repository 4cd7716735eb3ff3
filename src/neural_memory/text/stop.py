"""Which words say little about what a text is about?

`STOP`: function words of English are left out of the index; they are in every memory, so they find none.
`ASKING`: words that only frame a question ("what do you *know* about…") are indexed, but not looked for.
`CALENDAR`: words that are written like names and name nothing.
`PLAIN`: words of every subject ("use", "hour", "new") are looked for, but lead nowhere by association.
"""

from __future__ import annotations

STOP = frozenset(
    """
    a about above after again against all also am an and any are aren as at be because been before being below between
    both but by can cannot could couldn d did didn do does doesn doing don down during each either else etc ever every
    few for from further had hadn has hasn have haven having he her here hers herself him himself his how however i if
    in into is isn it its itself just ll m me might more most much must my myself neither no nor not now of off on once
    one only onto or other others our ours ourselves out over own per rather re s same shall shan she should shouldn
    since so some such t than that the their theirs them themselves then there therefore these they this those though
    through thus to too under until up upon us ve very was wasn we were weren what when where whether which while who
    whom whose why will with within without won would wouldn yet you your yours yourself yourselves
    """.split()
)

ASKING = frozenset(
    """
    anything ask explain find give got information know known let list look mean memories memory mention mentioned
    please recall recalled remember remembered remind say said saw search show something stored stuff talk talked tell
    thing things think told want wanted work works
    """.split()
)

CALENDAR = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december spring summer autumn winter christmas easter
    """.split()
)

PLAIN = frozenset(
    """
    add added again all allow already always always app area available back bad based become begin best better big bit
    bring build call called came can case cause change changed check code come common create current data day days
    decision default different done due early easy end enough every example fact far fast feature field file find fine
    first fix follow full general get give go going good great hand happen hard help high home hour hours idea important
    insight instead issue item job keep kind last late later least leave left less let like line little load long look
    lot low main make many may mean minute minutes month months move name need never new next nice note number often old
    open order part pattern people place point possible preference prefer problem process project put question quite
    read ready real really reason reference result right run running same say second seconds see seem send separate set
    several short show side simple single small start state stay step still stop store sure system take team test thing
    time times today together top try turn type update use used user using usual value version via want way week weeks
    well work world write wrong year years
    """.split()
)
