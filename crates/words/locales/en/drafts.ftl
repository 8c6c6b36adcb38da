# What is being written and has not left.
draft-keep = Keep as a draft
draft-kept = Draft kept
draft-writing = { $person } is writing.
draft-of-other = { $person } has a draft on this request.
