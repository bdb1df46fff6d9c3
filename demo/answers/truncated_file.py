# The upload broke off in the middle.
