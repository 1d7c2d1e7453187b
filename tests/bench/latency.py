"""A port behind which a server seems far away: `python -m tests.bench.latency TARGET_PORT MILLISECONDS`.

Every byte arrives half of the milliseconds later, in both directions, however many are on their way: latency without
a limit to throughput. It prints its port, and ends when its standard input does. A process of its own, so that it
takes no time from the client that is measured.
"""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter


async def main(target: int, one_way_seconds: float) -> None:
    async def lead_on(near_reader: StreamReader, near_writer: StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(
            delay(near_reader, far_writer, one_way_seconds), delay(far_reader, near_writer, one_way_seconds)
        )

    server = await asyncio.start_server(lead_on, "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


async def delay(reader: StreamReader, writer: StreamWriter, seconds: float) -> None:
    """Pass on each piece `seconds` after it came, then the end."""
    loop, pieces = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes]]()

    async def take() -> None:
        piece = b"-"
        while piece:
            try:
                piece = await reader.read(1 << 16)
            except ConnectionError:
                piece = b""
            pieces.put_nowait((loop.time() + seconds, piece))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - loop.time())
            if not piece:
                return
            writer.write(piece)
    finally:
        taking.cancel()
        writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]) / 2_000))
