"""How far one account goes, what raises it, and what comes then: the tables of docs/scale.md."""
