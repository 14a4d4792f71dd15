package stage

import (
	"errors"
	"math"
	"strconv"

	"github.com/brinkml/brink/sensor"
)

// problems collects what is wrong with a constructor's arguments.
type problems struct {
	stage string
	errs  []error
}

func (p *problems) add(ok bool, what string) {
	if !ok {
		p.errs = append(p.errs, errors.New("sensor: stage: "+p.stage+": "+what))
	}
}

func (p *problems) err() error { return errors.Join(p.errs...) }

// name is how errors call channel i.
func name[T any](i int, c *sensor.Channel[T]) string {
	if c.Name == "" {
		return "channel " + strconv.Itoa(i)
	}
	return c.Name
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
