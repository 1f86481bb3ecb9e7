"""How an edit is made from one user's examples. All of them make the same `Proposal`, and every delta obeys T.

Their figures (strengths, rates, steps) were chosen on the validation users of WISDM's three folds, seed 0.
"""
