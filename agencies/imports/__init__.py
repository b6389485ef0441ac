"""Imports of agencies, offices and Resident Coordinators from CSV and XLSX.

A file is planned against the register in memory, by the same forms that administrators type into: the plan says of every
row what it adds or changes, or what is wrong with it. Only a plan without an error, and only as it was shown, is written,
all of it in one transaction.

    register   what the register holds, loaded once
    fields     cells as values: days, words of a choice, places by name
    rows       the rows of each kind
    plan       all rows of a file, and writing them
"""
