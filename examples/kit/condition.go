package main

// condition is something that holds or does not, such as "hot". It begins at raise and ends below clear, so that a value that hovers
// about one limit is told once.
type condition struct {
	name         string
	raise, clear float64

	on   bool
	told bool // that it is on, or that it is not
	said bool // which of the two was told
}

// judge takes the next value and says whether there is something to tell: at first in any case, because whoever was told before the start
// cannot know better, and then whenever it changed. It asks again until tell was called.
func (c *condition) judge(value float64) (news bool) {
	switch {
	case value >= c.raise:
		c.on = true
	case value < c.clear:
		c.on = false
	}
	return !c.told || c.said != c.on
}

// tell notes that what judge found has been accepted by the outbox.
func (c *condition) tell() { c.told, c.said = true, c.on }
