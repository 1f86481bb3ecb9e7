"""The report of a run: a folder that `persona hil run` made becomes one page of HTML that needs no network.

`folder.read_run` reads and checks the folder, `page.page` is a pure function from what it gave to the page.
"""
