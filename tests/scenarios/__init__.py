"""What may happen between a buyer, the shop and a payment service, from one end to the other."""
