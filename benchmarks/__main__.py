"""Every speed claim of the README, one after the other: `python -m benchmarks`."""

from benchmarks import landing, refresh, whatif

refresh.main()
landing.main()
whatif.main()
