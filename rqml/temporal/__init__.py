"""Requirements on what happens over time: patterns, each checked on a record or watched on a stream.

The patterns are those of the literature: Dwyer, Avrunin and Corbett (ICSE 1999); real time: Konrad and Cheng (ICSE
2005); unified catalogue: Autili et al. (IEEE TSE 41, 2015). RQCODE's six are Always (GlobalUniversality), AlwaysFor
(GlobalUniversalityTimed), Responds (GlobalResponseTimed), RespondsUnless (GlobalResponseUntil), AfterUntil
(AfterUntilUniversality) and Eventually.
"""

from rqml.subjects.trace import Trace as Trace
from rqml.temporal.aggregate import MeanWithin as MeanWithin
from rqml.temporal.aggregate import QuantileWithin as QuantileWithin
from rqml.temporal.aggregate import ShareAtMost as ShareAtMost
from rqml.temporal.duration import MaximumDuration as MaximumDuration
from rqml.temporal.duration import MinimumDuration as MinimumDuration
from rqml.temporal.monitor import Monitor as Monitor
from rqml.temporal.occurrence import BoundedExistence as BoundedExistence
from rqml.temporal.occurrence import RateAtLeast as RateAtLeast
from rqml.temporal.occurrence import RateAtMost as RateAtMost
from rqml.temporal.occurrence import Recurrence as Recurrence
from rqml.temporal.occurrence import Silence as Silence
from rqml.temporal.pattern import Pattern as Pattern
from rqml.temporal.precedence import PrecedenceChain as PrecedenceChain
from rqml.temporal.precedence import Precedes as Precedes
from rqml.temporal.predicate import holds as holds
from rqml.temporal.predicate import named as named
from rqml.temporal.reaction import Alert as Alert
from rqml.temporal.reaction import Reaction as Reaction
from rqml.temporal.response import Eventually as Eventually
from rqml.temporal.response import Responds as Responds
from rqml.temporal.response import RespondsUnless as RespondsUnless
from rqml.temporal.response import ResponseChain as ResponseChain
from rqml.temporal.response import Until as Until
from rqml.temporal.response import WeakUntil as WeakUntil
from rqml.temporal.universality import Absence as Absence
from rqml.temporal.universality import After as After
from rqml.temporal.universality import AfterUntil as AfterUntil
from rqml.temporal.universality import Always as Always
from rqml.temporal.universality import AlwaysFor as AlwaysFor
from rqml.temporal.universality import Before as Before
from rqml.temporal.universality import Between as Between
from rqml.temporal.universality import Never as Never
from rqml.temporal.watch import watch as watch
