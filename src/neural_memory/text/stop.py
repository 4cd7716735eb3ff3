"""Which words say little about what a text is about?

`STOP`: function words of English are left out of the index; they are in every memory, so they find none.
`ASKING`: words that only frame a question ("what do you *know* about…") are indexed, but not looked for.
`CALENDAR`: words that are written like names and name nothing.
`PLAIN`: words of every subject ("use", "hour", "new") are looked for, but lead nowhere by association.
`HAPPENED`: words that in a question about a time only say that something was then ("what did we *learn* last week?").

The last two and `ASKING` are stems, which is what they are compared with: making them at each start would take 5 ms.
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
    anyth ask explain find give got inform know known let list look mean memori mention pleas recal rememb remind said
    saw say search show someth store stuff talk tell thing think told want work
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
    add again all allow alreadi alway app area avail back bad base becom begin best better big bit bring build call
    came can case caus chang check code come common creat current data day decis default differ done due earli easi
    end enough everi exampl fact far fast featur field file find fine first fix follow full general get give go good
    great hand happen hard help high home hour idea import important insight instead issu item job keep kind last late
    later least leav left less let like line littl load long look lot low main make mani may mean minut month move
    name need never new next nice note number often old open order part pattern peopl place point possibl prefer
    problem process project put question quit read readi real realli reason refer result right run same say second see
    seem send separ set sever short show side simpl singl small start state stay step still stop store sure system
    take team test thing time today togeth top tri turn type updat use user usual valu version via want way week well
    work world write wrong year
    """.split()
)

HAPPENED = frozenset(
    """
    accomplish achiev activ add agre anyth ask brief captur catch chang choos chose chosen come complet conclud creat
    day decid decis discov discuss do done entri event everyth explain fact far figur find finish found get give go gone
    got happen highlight inform insight item know known latest learn learnt lesson let list look made make memori
    mention month new news note notic occur overview pattern pick pleas prefer progress project recal recap recent
    record refer rememb remind said save saw say see session settl show someth speak spend spoke sprint store stuff sum
    summar summari summaris talk team tell thing think thought told took topic updat want week went work write written
    wrote year
    """.split()
)
