"""Every order in which small programs can take their steps, each of them dying anywhere: a breadth-first search.

A program is a generator. It yields one step at a time, `(function, *arguments)`; the function is given the world and
gives back the world as it leaves it, with the answer the program goes on with. Nothing happens between the beginning
and the end of a step; everything may happen between two steps. Worlds are never changed in place, so two roads that
lead to the same world meet there, and each world is looked at once.
"""

from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

World = Hashable
Step = tuple[Any, ...]  # a function of the world, then its arguments
Program = Generator[Step, Any, Any]
Title = tuple[Any, ...]  # what a program is called: its name, and what it is about
# A program somewhere between two steps: which one, and the answers it was given so far. It is run again from its
# beginning to find its next step, which the answers alone decide.
Place = tuple[Title, tuple[Any, ...]]
# The world, and the numbers of the places where programs are.
Scene = tuple[World, tuple[int, ...]]


class Model(Protocol):
    """What is explored: a world, the programs that act on it, and what happens to it by itself."""

    beginning: World

    def happenings(self, world: Any) -> Iterable[tuple[str, Any]]:
        """What the others do: a name for it, and the world afterwards."""

    def beginners(self, world: Any, running: list[Title]) -> Iterable[Title]:
        """The programs that may begin now, beside those that run."""

    def program(self, title: Title) -> Program: ...

    def wrong(self, world: Any) -> str:
        """What must never be seen, at any moment; empty when all is well."""

    def wrong_in_the_end(self, world: Any) -> str:
        """What must not be left once everybody is dead and the recovery has done its work."""


@dataclass
class Finding:
    """What an exploration found: how much it looked at and, when something is wrong, the shortest road to it."""

    scenes: int = 0
    worlds: int = 0
    complete: bool = True
    wrong: str = ""
    wrong_in_the_end: bool = False  # only once the jobs have done what they can
    road: list[str] = field(default_factory=list)

    def told(self) -> str:
        extent = f"{self.scenes:,} states, {self.worlds:,} worlds{'' if self.complete else ' (cut)'}"
        steps = [f"  {number:>2}. {step}" for number, step in enumerate(self.road, 1)]
        end = ["      everybody dies, time passes, the jobs do what they can"] if self.wrong_in_the_end else []
        return "\n".join([f"{extent}: {self.wrong or 'no violation'}", *steps, *end])


def explore(model: Model, *, most: int = 10**7) -> Finding:
    """Look at every scene that can be reached, nearest first, until one is wrong."""
    return _Search(model).run(most)


class _Search:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.places: list[Place] = []
        self.numbers: dict[Place, int] = {}
        self.next_steps: list[Step | None] = []
        self.came_from: dict[Scene, tuple[Scene, str | tuple[str, int]] | None] = {}
        self.judged: dict[World, str] = {}

    def run(self, most: int) -> Finding:
        first: Scene = (self.model.beginning, ())
        self.came_from[first] = None
        waiting = deque([first])
        while waiting:
            scene = waiting.popleft()
            if wrong := self._judge(scene[0]):
                in_the_end = not self.model.wrong(scene[0])
                return self._finding(wrong=wrong, wrong_in_the_end=in_the_end, road=self._road(scene))
            if len(self.came_from) > most:
                return self._finding(complete=False)
            for deed, later in self._what_follows(scene):
                if later not in self.came_from:
                    self.came_from[later] = (scene, deed)
                    waiting.append(later)
        return self._finding()

    def _finding(self, **facts: Any) -> Finding:
        return Finding(scenes=len(self.came_from), worlds=len(self.judged), **facts)

    def _judge(self, world: World) -> str:
        if world not in self.judged:
            self.judged[world] = self.model.wrong(world) or self.model.wrong_in_the_end(world)
        return self.judged[world]

    def _what_follows(self, scene: Scene) -> Iterable[tuple[str | tuple[str, int], Scene]]:
        world, running = scene
        for deed, later in self.model.happenings(world):
            yield deed, (later, running)
        for position, number in enumerate(running):
            others = running[:position] + running[position + 1 :]
            yield ("dies", number), (world, others)
            yield from self._steps(world, number, others)
        for title in self.model.beginners(world, [self.places[number][0] for number in running]):
            yield from self._steps(world, self._number((title, ())), running)

    def _steps(self, world: World, number: int, others: tuple[int, ...]) -> Iterable[tuple[tuple[str, int], Scene]]:
        """The scenes after the next step of a program. Its first step is also its beginning."""
        step = self.next_steps[number]
        if step is None:
            return
        title, answers = self.places[number]
        for later, answer in _outcomes(step, world):
            place = self._number((title, (*answers, answer)))
            running = others if self.next_steps[place] is None else tuple(sorted((*others, place)))
            yield (step[0].__name__, number), (later, running)

    def _number(self, place: Place) -> int:
        if place not in self.numbers:
            self.numbers[place] = len(self.places)
            self.places.append(place)
            self.next_steps.append(next_step(self.model.program(place[0]), place[1]))
        return self.numbers[place]

    def _road(self, scene: Scene) -> list[str]:
        deeds = []
        while (origin := self.came_from[scene]) is not None:
            before, deed = origin
            deeds.append(deed if isinstance(deed, str) else self._told(*deed))
            scene = before
        return deeds[::-1]

    def _told(self, deed: str, number: int) -> str:
        name = " ".join(str(word) for word in self.places[number][0])
        step = self.next_steps[number]
        about = "" if deed == "dies" or step is None else "".join(f" {word}" for word in step[1:])
        return f"{name}: {deed.strip('_').replace('_', ' ')}{about}"


def next_step(program: Program, answers: tuple[Any, ...]) -> Step | None:
    """What a program does after these answers; None when it has ended."""
    try:
        step = next(program)
        for answer in answers:
            step = program.send(answer)
    except StopIteration:
        return None
    return step


def run_alone(model: Model, title: Title, world: World) -> list[World]:
    """Every world in which a program can end when nobody else does anything."""
    ends: list[World] = []
    under_way: list[tuple[World, tuple[Any, ...]]] = [(world, ())]
    while under_way:
        now, answers = under_way.pop()
        step = next_step(model.program(title), answers)
        if step is None:
            ends.append(now)
        else:
            under_way += [(later, (*answers, answer)) for later, answer in _outcomes(step, now)]
    return ends


def _outcomes(step: Step, world: World) -> list[tuple[World, Any]]:
    """A step gives one world and its answer or, where a service may decide one way or another, a list of them."""
    function: Callable[..., Any] = step[0]
    outcome = function(world, *step[1:])
    return outcome if isinstance(outcome, list) else [outcome]
