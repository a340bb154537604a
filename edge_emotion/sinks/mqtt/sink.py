"""The link to the broker: an event loop in a thread of its own, so that no network ever delays a session."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from edge_emotion.errors import MissingExtraError
from edge_emotion.sinks import SinkItem
from edge_emotion.sinks.mqtt import messages
from edge_emotion.sinks.mqtt.messages import Message
from edge_emotion.sinks.mqtt.settings import MqttSettings

ROOM = 1_000
"""More than an hour of one wearer's reports wait for a broker that is away; then the oldest is left out and counted."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
ANSWER_S = 10.0
LONGEST_CLOSE_S = 5.0


class MqttSink:
    """Publishes reports, states and batteries with QoS 1; the last will says when this gateway is gone.

    Parameters
    ----------
    settings
        The broker.
    labels
        Of the bundle, for discovery.
    tell
        Called with one line, from the sink's thread, when the broker is lost, and when it is there again.
    first_pause_s
        Before the second attempt to connect; doubles up to a minute.

    Attributes
    ----------
    left_out
        Publications that were too many to wait.
    """

    def __init__(
        self,
        settings: MqttSettings,
        labels: Sequence[str],
        tell: Callable[[str], None],
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        try:
            import aiomqtt  # lazily: only this sink needs it
        except ModuleNotFoundError:
            raise MissingExtraError("aiomqtt", "mqtt") from None
        self._aiomqtt: Any = aiomqtt
        self._settings = settings
        self._tls = settings.tls_context()
        self._tell = tell
        self._first_pause_s = first_pause_s
        self._greeting = [messages.status(settings, messages.ONLINE)]
        if found := messages.discovery(settings, labels):
            self._greeting.append(found)
        self._waiting: deque[Message] = deque()
        self._lock = threading.Lock()
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self.left_out = 0

    def open(self) -> None:
        """Begin to connect; a broker that is away is no error."""
        self._loop = asyncio.new_event_loop()
        self._changed = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(self._loop,), name="mqtt", daemon=True)
        self._thread.start()

    def write(self, item: SinkItem) -> None:
        message = messages.of(self._settings, item)
        if message is None:
            return
        with self._lock:
            if len(self._waiting) >= ROOM:
                self._waiting.popleft()
                self.left_out += 1
            self._waiting.append(message)
        self._wake()

    def close(self) -> None:
        """Publish what waits and say goodbye, for at most five seconds."""
        if self._thread is None:
            return
        self._closing = True
        self._wake()
        self._thread.join(LONGEST_CLOSE_S)
        lost = len(self._waiting) + self.left_out
        if lost:
            self._tell(f"mqtt {self._settings.host}: {lost} messages never arrived")

    def _wake(self) -> None:
        if self._loop is not None and self._changed is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._stay_connected())
            loop.run_until_complete(loop.shutdown_default_executor())  # paho connects in a thread of its own
        finally:
            loop.close()

    async def _stay_connected(self) -> None:
        pause_s, told = self._first_pause_s, False
        while True:
            try:
                async with self._client() as client:
                    if told:
                        self._tell(f"mqtt {self._settings.host}: connected again")
                    pause_s, told = self._first_pause_s, False
                    await self._publish_all(client)
                    return
            except (
                self._aiomqtt.MqttError,
                OSError,
                ValueError,
            ) as error:  # ValueError: an answer that is no MQTT
                if not told:
                    self._tell(f"mqtt {self._settings.host}: {error or type(error).__name__}; trying again")
                told = True
            if self._closing:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _client(self) -> Any:
        settings, goodbye = self._settings, messages.status(self._settings, messages.OFFLINE)
        return self._aiomqtt.Client(
            hostname=settings.host,
            port=settings.port,
            username=settings.user,
            password=settings.password,
            tls_context=self._tls,
            will=self._aiomqtt.Will(goodbye.topic, goodbye.payload, qos=1, retain=True),
            timeout=ANSWER_S,
            keepalive=30,
        )

    async def _publish_all(self, client: Any) -> None:
        """Until the sink is closed and nothing waits."""
        assert self._changed is not None
        for message in self._greeting:
            await _publish(client, message)
        # Nothing is subscribed to: the reader only tells that the link is lost, with or without something to publish.
        reader = asyncio.create_task(_read(client))
        try:
            await self._publish_what_comes(client, reader)
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _wait_for_work(self) -> None:
        assert self._changed is not None
        await self._changed.wait()

    async def _publish_what_comes(self, client: Any, reader: asyncio.Task[None]) -> None:
        assert self._changed is not None
        while True:
            self._changed.clear()
            while self._waiting:
                message = self._waiting[0]
                await _publish(client, message)
                with self._lock:  # it may have been left out meanwhile
                    if self._waiting and self._waiting[0] is message:
                        self._waiting.popleft()
            if self._closing:
                await _publish(client, messages.status(self._settings, messages.OFFLINE))
                return
            work = asyncio.create_task(self._wait_for_work())
            try:
                await asyncio.wait([work, reader], return_when=asyncio.FIRST_COMPLETED)
            finally:
                work.cancel()
            if reader.done():
                reader.result()


async def _read(client: Any) -> None:
    async for _ in client.messages:
        pass


async def _publish(client: Any, message: Message) -> None:
    await client.publish(message.topic, message.payload, qos=1, retain=message.retain)
