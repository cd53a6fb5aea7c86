"""Open tickets that nothing has happened to for long: a range of changes does not list them.

Left out they would make any past look better than it is: the oldest unanswered tickets are the ones
that nobody touches.
"""

from __future__ import annotations

from slaplugin.app.backfill.intake import Intake, Taken
from slaplugin.app.cycle import adopt
from slaplugin.app.desk import Desk, begin, telling
from slaplugin.app.ports import Progress
from slaplugin.app.readers import ALONE, Crew, Readers
from slaplugin.app.tenure import tenure
from slaplugin.app.work import Work


def load_open(desk: Desk, progress: Progress, crew: Crew = ALONE) -> int:
    """Load the open tickets that the store does not have as they are; how many were read.

    Raises HostError when the host stops answering (run it again: what was read is kept) and
    LeaseHeldError while another process writes.
    """
    run = begin(desk)
    taken = Taken()
    with (
        telling(progress, "Loading open tickets"),
        tenure(desk, run.now) as held,
        Readers(desk.host, crew) as readers,
    ):
        adopt(run, live=False)
        work = Work(run, held)
        for page in desk.host.changes(None):
            rows = {ref.id: desk.store.row(work.name, ref.id) for ref in page.items}
            news = [
                ref.id
                for ref in page.items
                if (row := rows[ref.id]) is None or not ref.names(row.updated_at_ms)
            ]
            taken += Intake(work, progress).take(readers.read(news))
    return taken.read
