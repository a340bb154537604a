"""The network of paper 3: attention among modalities, and what it says about them."""

from __future__ import annotations

import torch

from edge_emotion_train.models import MeMhaclConfig, StreamConfig
from edge_emotion_train.models.me_mhacl import HeadAttention, MeMhacl

STREAMS = tuple(StreamConfig(role=r, channels=2, features=0) for r in ("cardiac", "eda", "resp"))


def test_attention_among_those_that_are_there() -> None:
    torch.manual_seed(0)
    attention, tokens = HeadAttention(64, 4), torch.randn(5, 3, 64)
    present = torch.tensor([[1.0, 0.0, 1.0]]).expand(5, 3)
    mixed, weights = attention(tokens, present)
    assert weights[:, :, 1].abs().max() == 0.0
    assert weights.min() >= 0.0
    torch.testing.assert_close(weights.sum(2), torch.ones(5, 3), atol=1e-3, rtol=0)
    moved = tokens.clone()
    moved[:, 1] += 7.0
    torch.testing.assert_close(attention(moved, present)[0][:, 0], mixed[:, 0], atol=1e-3, rtol=0)


def test_attention_is_the_textbook_s() -> None:
    """Small scores, where the tanh bound is the identity up to its scale."""
    torch.manual_seed(0)
    attention, tokens = HeadAttention(8, 2), torch.randn(4, 3, 8) / 20
    q, k, v = (
        layer(tokens).reshape(4, 3, 2, 4).transpose(1, 2)
        for layer in (attention.query, attention.key, attention.value)
    )
    scores = 2.0 * torch.tanh(q @ k.transpose(2, 3) / 2.0)
    taken = torch.nn.functional.scaled_dot_product_attention(
        torch.zeros_like(q), torch.zeros_like(k), v, attn_mask=scores
    )
    expected = attention.out(taken.transpose(1, 2).reshape(4, 3, 8))
    torch.testing.assert_close(attention(tokens, torch.ones(4, 3))[0], expected)


def test_contributions_follow_attention_and_are_even_without() -> None:
    torch.manual_seed(0)
    inputs = {s.role: torch.randn(4, 2, 240) for s in STREAMS} | {"present": torch.ones(4, 3)}
    model = MeMhacl(MeMhaclConfig(streams=STREAMS)).eval()
    assert model.attention is not None
    torch.nn.init.eye_(model.attention.query.weight)
    torch.nn.init.eye_(model.attention.key.weight).data.mul_(50.0)  # a new network attends to all alike
    _, attended = model(**inputs)
    _, even = MeMhacl(MeMhaclConfig(streams=STREAMS, attention="off")).eval()(**inputs)
    torch.testing.assert_close(even, torch.full((4, 3), 1 / 3))
    assert (attended - even).abs().max() > 0.01
    torch.testing.assert_close(attended.sum(1), torch.ones(4))
    assert attended.min() >= 1 / 6  # half of the mean is each modality's own
