"""Turn the days' sums into the report's figures."""

import time
from collections import defaultdict

from progress import Progress, step
from steps.generate_report.report import Collected, DailyRow, GroupRow, Report, Sums


def process(collected: Collected, progress: Progress) -> Report:
    """Make totals, a daily series without gaps, and the groups ranked by records."""
    request = collected.request
    totals, groups, daily = Sums(), defaultdict[str, Sums](Sums), []
    for day in progress.track(request.days, "Processed {done} of {total} days"):
        of_day = Sums()
        for name, sums in collected.days.get(day.isoformat(), {}).items():
            for into in (of_day, groups[name], totals):
                into.records += sums.records
                into.total += sums.total
        daily.append(DailyRow(day=day, records=of_day.records, total=of_day.total))
    ranked = sorted(groups.items(), key=lambda group: (-group[1].records, group[0]))
    return Report(
        measure=collected.measure,
        dimension=collected.dimension,
        start_date=request.start_date,
        end_date=request.end_date,
        report_type=request.report_type,
        filters=request.filters,
        generated_at=time.time(),
        totals=totals,
        daily=daily,
        groups=[
            GroupRow(name=name, records=sums.records, total=sums.total, share=sums.records / totals.records)
            for name, sums in ranked
        ],
    )


handler = step(process)
