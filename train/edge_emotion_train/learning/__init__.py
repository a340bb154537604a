"""The learning itself: objective, Lightning's loop, the choice on inner people around it, the temperature after it."""
