package main

// decoder makes names of keys of the bytes that a terminal sends.
type decoder struct {
	state byte // 0, escape, or '[' after it
}

const escape = 0x1B

// decode presses a key for each that p has whole. Sequences may be cut between two calls; unknown ones are ignored.
func (d *decoder) decode(p []byte, press func(key string)) {
	for _, b := range p {
		switch {
		case b == escape:
			d.state = escape
		case d.state == escape && (b == '[' || b == 'O'):
			d.state = '['
		case d.state == '[':
			if b >= '0' && b <= '9' || b == ';' {
				continue // parameters
			}
			d.state = 0
			if name := arrows[b]; name != "" {
				press(name)
			}
		case b == '\r' || b == '\n':
			d.state = 0
			press("enter")
		default:
			d.state = 0
			press(string(rune(b)))
		}
	}
}

var arrows = map[byte]string{'A': "up", 'B': "down", 'C': "right", 'D': "left"}
