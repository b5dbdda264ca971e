"""The shop where the bank's customers buy.

- `assortment`: the categories, with prices, costs, returns, seasons and names.
- `products`: products and their list prices. `costs`: the cost of goods.
- `campaigns`: advertising campaigns and their daily figures.
- `sales`: orders. `returns`: what comes back. `taxes`: sales tax by state. `money`: currencies and fees.
- `shop`: the order of events within a day.

The shop does not influence the bank: the bank's deliveries are the same with and without it.
"""
