## Rights: what a page does not offer

portal-reads-only = You follow this request as a reader: whoever manages your account can give you the right to answer.
