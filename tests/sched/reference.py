"""Do with CPython's scheduler what test_against_python.c does with thrum's.

Each line of the file named is a program: steps of a letter, an action's letter, a time and a priority. The answer is a line
too: for each step its letter and what it gave or raised, with the actions that were called and the delays in between.
"""
import sched
import sys

MOST_EVENTS = 100


class Program:
    def __init__(self):
        self.now, self.events, self.words = 0, [], []
        self.scheduler = sched.scheduler(lambda: self.now, self.delay)

    def say(self, word):
        self.words.append(str(word))

    def delay(self, span):
        self.say(f"wait{span}")
        self.now += span

    def enter(self, action, time, priority, absolute):
        if len(self.events) == MOST_EVENTS:
            return
        enter = self.scheduler.enterabs if absolute else self.scheduler.enter
        number = len(self.events)
        self.events.append(enter(time, priority, self.act, (number, action, time, priority)))

    def cancel(self, number):
        if number + 3 >= len(self.events):
            self.say("-")
            return
        try:
            self.scheduler.cancel(self.events[number + 3])
            self.say("ok")
        except ValueError:
            self.say("ValueError")

    def run(self, blocking):
        try:
            self.say(self.scheduler.run(blocking))
        except KeyError:
            self.say("KeyError")

    def act(self, number, action, time, priority):
        self.say(f"({number}@{self.now}")
        if action == "L":
            self.now += 3
        elif action == "e":
            self.enter("i", time, priority, False)
        elif action == "c":
            self.cancel(time)
        elif action == "R":
            self.run(False)
        self.words[-1] += ")"
        if action == "f":
            raise KeyError

    def step(self, letter, action, time, priority):
        if letter in "eE":
            self.enter(action, time, priority, letter == "e")
        elif letter == "c":
            self.cancel(time)
        elif letter == "q":
            for event in self.scheduler.queue:
                self.say(f"{event.argument[0]}:{event.time},{event.priority}")
        elif letter in "nr":
            self.run(letter == "r")
        elif letter == "t":
            self.now += max(time, 0)
        else:
            self.say(self.scheduler.empty())

    def answer(self, steps):
        for step in steps:
            self.say(step[0])
            self.step(step[0], step[1], *map(int, step[2:].split(",")))
        return " " + " ".join(self.words)


with open(sys.argv[1], encoding="ascii") as programs:
    for line in programs:
        print(Program().answer(line.split()))
