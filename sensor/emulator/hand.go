package emulator

import (
	"math"
	"slices"
	"sync"
	"time"
)

// Hand holds a board and turns it when it is told to, smoothly. Its Pose is one
// for a [Scene]. The zero Hand holds the board flat with x to the north. It may
// be used from any goroutine, and starts none.
type Hand struct {
	mu    sync.Mutex
	base  Pose // after the moves that are forgotten
	moves []move
}

// move is a turn around an axis of the board and a way through the room, both
// of which begin and end at rest.
type move struct {
	start time.Time
	takes time.Duration
	axis  [3]float64
	angle float64
	way   [3]float64
}

// maxMoves is how many moves a Hand remembers. It is long enough for what parts
// have not converted yet: the slowest does so every 1.6 s.
const maxMoves = 256

// Hold gives the board a pose at once, and forgets all moves.
func (h *Hand) Hold(p Pose) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.base, h.moves = p, nil
}

// Turn begins to turn the board around one of its axes, by angle in radians,
// clockwise for who looks along it, and takes d for it. Turns that overlap add
// up, each around the axis as the earlier ones have turned it.
func (h *Hand) Turn(axis [3]float64, angle float64, d time.Duration) {
	h.add(move{axis: axis, angle: angle, takes: d})
}

// Move begins to move the board by metres to the north, to the east and down,
// and takes d for it.
func (h *Hand) Move(by [3]float64, d time.Duration) {
	h.add(move{way: by, takes: d})
}

func (h *Hand) add(m move) {
	m.start = time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.moves) == maxMoves {
		h.base = h.moves[0].apply(h.base, m.start)
		h.moves = slices.Delete(h.moves, 0, 1)
	}
	h.moves = append(h.moves, m)
}

// Pose returns how the board is held at t.
func (h *Hand) Pose(t time.Time) Pose {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.base
	for i := range h.moves {
		p = h.moves[i].apply(p, t)
	}
	return p
}

// apply returns p after as much of the move as is done at t.
func (m *move) apply(p Pose, t time.Time) Pose {
	done := 1.0
	if gone := t.Sub(m.start); gone < m.takes {
		// The rate is a cosine's hill, so that it has no steps.
		done = max(float64(gone)/float64(m.takes), 0)
		done -= math.Sin(2*math.Pi*done) / (2 * math.Pi)
	}
	if m.angle != 0 {
		p.Attitude = p.Attitude.Times(Rotation(m.axis, m.angle*done))
	}
	for i := range p.Position {
		p.Position[i] += m.way[i] * done
	}
	return p
}
