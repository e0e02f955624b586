"""Reports: the verdicts of one specification on one system, and one renderer a file."""

from rqml.report.report import Report as Report
