# How the customer says that they were helped: asked once, after closing.
rating-ask = Did we settle your request well?
rating-words = A word to add, if you like
rating-thanks = Thank you for telling us:
rating-of-customer = The customer says:
score-good = Satisfied
score-fair = Fairly satisfied
score-bad = Not satisfied
event-rated = { $by } told how they were helped: { $score }.
refusal-not-closed = The request is not closed: that is told afterwards.
refusal-already-rated = That was told already.
deed-rate = rating given
command-rate = Tell how one was helped
field-score = Rating
choice-good = satisfied
choice-fair = fairly satisfied
choice-bad = not satisfied
search-help-satisfaction = what the customer said of how they were helped
