"""The demo's people and its scripted month of tickets."""
