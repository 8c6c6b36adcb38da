# Whose the time of a request was.
taken-time = Time taken:
taken-provider = us
taken-provider-portal = our team
taken-customer = the customer
taken-customer-portal = you
taken-vendor = the vendor
taken-third-party = a third party
taken-closed = outside hours
taken-prefilled = Counted since you looked at the request, or took it up. Change it where needed.
taken-rounded = The agreement rounds this time:
