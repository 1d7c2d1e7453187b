"""Who a caller is: tokens, their endpoints, and how often they may ask."""
