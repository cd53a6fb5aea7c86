"""Reports counted again: from raw tickets and exported rows, without any code that counts.

Only :mod:`tests.recount.installed` knows the program. The rest is written from the policy language
and ``docs/metrics.md`` alone: plain loops over seconds, periods by ``zoneinfo``, fractions.
"""
