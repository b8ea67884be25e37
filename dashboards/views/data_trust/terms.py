"""What the page's words mean: no dbt model stands for the schema `quality`."""

TERMS = {
    "Extract": "One entity of one source system, as its contract describes it.",
    "Rows in": "Records found in the files. Rows in = accepted + refused, for every file.",
    "Accepted": "Rows whose every value was typed and allowed; superseded rows are among them.",
    "Refused": "Rows kept out whole, in quarantine, with their file, record and every reason.",
    "Superseded": "Accepted rows of a key for which a later row stands.",
    "Orphaned": "Accepted rows that refer to something no extract holds yet.",
    "Newest": "The latest value of the extract's freshness column before the data date ends.",
    "Age": "Days from the newest value to the data date. Past the limit the extract is stale: what "
    "it feeds stays measured and says how old it is.",
    "Record": "Place in the file; the header is record 1.",
    "Blocking": "A failed blocking check keeps a refresh from being published.",
    "New column": "A column the contract does not know: kept as it is.",
    "Vanished column": "An earlier file had it and the newest has not; metrics that need it say "
    "source missing.",
    "Not delivered": "An optional column of the contract that no file has.",
    "Control total": "Sum of a money column, by currency: rows accepted, and of those refused the "
    "amounts that could be read.",
    "Restated": "What was published stays in its version; loads, rules or decisions that "
    "came later may say otherwise of the same week, and this is by how much.",
    "Version": "One published state of the whole warehouse: the same inputs give the same version.",
}
