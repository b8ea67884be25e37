"""Every speed claim of the README, one after the other: `python -m benchmarks`."""

from benchmarks import landing, money, packs, pages, refresh, whatif

refresh.main()
landing.main()
whatif.main()
money.main()
pages.main()
packs.main()
