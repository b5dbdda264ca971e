"""The shop in which the bank's customers buy: what it sells and pays for it, where it advertises, and what is sold.

- `assortment`: the categories: prices, costs, returns, seasons and names.
- `products`: the products, their list prices and popularity. `costs`: what they cost the shop.
- `campaigns`: what is advertised where, and what comes of it on a day.
- `sales`: the orders of a day and the goods that come back. `taxes`: sales tax by state.
- `shop`: the order of the shop's day.

The bank does not see the shop: with or without it, the bank's own deliveries are the same.
"""
