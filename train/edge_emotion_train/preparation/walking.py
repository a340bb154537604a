"""A recording window by window, as a session meets it: the wearer's rest first, then what is seen against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge_emotion.bundle.manifest import NormalisationSpec
from edge_emotion.runtime.normalise import NormalisedWindow, Normaliser
from edge_emotion.runtime.own_threshold import RestWindows
from edge_emotion.types import FloatArray
from edge_emotion_train.preparation.recordings import PreparedRecording


class Walk:
    """Through one recording, forwards.

    Attributes
    ----------
    ready_ns
        End of the window with which the reference was complete; ``None`` until then.
    at_rest
        Model inputs of the rest, once it is complete.
    """

    def __init__(self, recording: PreparedRecording, spec: NormalisationSpec, minimum_quality: float) -> None:
        self._recording = recording
        self._normaliser = Normaliser(spec, minimum_quality)
        self._rest = RestWindows()
        self.ready_ns: int | None = None
        self.at_rest: Sequence[Mapping[str, FloatArray]] = ()

    def push(self, index: int) -> NormalisedWindow | None:
        """The recording's window ``index``; ``None`` where it has no reference to be seen against."""
        window = self._recording.window(index)
        result = self._normaliser.push(window)
        if self.ready_ns is None:
            self._rest.keep(window)
        if not result.reference_ready:
            return None
        if self.ready_ns is None:
            self.ready_ns = int(self._recording.end_ns[index])
            self.at_rest = self._rest.inputs(self._normaliser)
        return result
