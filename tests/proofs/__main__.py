"""Look further than the tests do, and tell what was found: `python -m tests.proofs`.

`--stories` tells, for each rule taken away, the shortest story that ends badly.
"""

import argparse
import time

from tests.proofs.cases import DESIGN_IN_FULL, REFUNDS, WITHOUT
from tests.proofs.payment_model import RULES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    parser.add_argument("--stories", action="store_true", help="only the stories of the rules taken away")
    parser.add_argument("--most", type=int, default=3_000_000, help="how many states to look at, for each exploration")
    wanted = parser.parse_args()
    if not wanted.stories:
        for case in DESIGN_IN_FULL:
            began = time.monotonic()
            print(f"{case}: {case.explored(most=wanted.most).told()}, {time.monotonic() - began:.1f} s", flush=True)
    for case in WITHOUT:
        finding = case.explored(refunds_are_wrong=case.expected == REFUNDS, most=wanted.most)
        told = finding.told() if wanted.stories else finding.told().splitlines()[0]
        print(f"{'; '.join(RULES[rule] for rule in case.without)} — {case}: {told}", flush=True)


if __name__ == "__main__":
    main()
