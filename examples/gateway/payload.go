package main

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// The messages, with the members in the order in which the book's programs write them.
type (
	// reading is what ReadSenseHAT publishes.
	reading struct {
		Timestamp   number `json:"timestamp"`
		DeviceID    string `json:"device_id"`
		Temperature number `json:"temperature"` // °C
		Humidity    number `json:"humidity"`    // %RH
	}

	// appliance is what Publisher sends for one of three appliances, each with measurements of its own.
	appliance struct {
		DeviceID    string  `json:"device_id"`
		Timestamp   number  `json:"timestamp"`
		DeviceName  string  `json:"device_name"`
		Temperature *number `json:"temperature,omitempty"` // of hvac
		Humidity    *number `json:"humidity,omitempty"`    // of hvac
		DutyCycles  *number `json:"duty_cycles,omitempty"` // of washingmachine
		Vibration   *number `json:"vibration,omitempty"`   // of refrigerator
	}

	// classification is what the inference component publishes.
	classification struct {
		Timestamp   wall     `json:"timestamp"`
		Type        string   `json:"inference-type"`
		Description string   `json:"inference-description"`
		Results     []result `json:"inference-results"`
	}

	// result is one class; its score is text.
	result struct {
		Label string
		Score score
	}

	// heartbeat is what the leaf device says of itself.
	heartbeat struct {
		Timestamp clock `json:"timestamp"`
	}
)

// number is a JSON number that is never in the form of an integer, as Python writes a float: who infers a table's columns from messages
// must not find two types in one.
type number float64

// MarshalJSON writes the shortest text that is read as the same float64, in the form of Python's repr.
func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("JSON has no number for this value")
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(nil, f, 'e', -1, 64), nil
	}
	return []byte(withPoint(strconv.FormatFloat(f, 'f', -1, 64))), nil
}

// stamp is a time in seconds since 1970 with four decimals, rounded as Python's float("%.4f" % t) does: to the decimal text that is
// nearest to the double, read again.
func stamp(t time.Time) number {
	seconds := float64(t.UnixNano()) / 1e9
	// What FormatFloat has written is a number.
	f, _ := strconv.ParseFloat(strconv.FormatFloat(seconds, 'f', 4, 64), 64)
	return number(f)
}

// score is the probability of a class; as a message has it, it is the text that NumPy makes of a float32.
type score float32

// MarshalText writes the shortest text that is read as the same float32.
func (s score) MarshalText() ([]byte, error) {
	return []byte(withPoint(strconv.FormatFloat(float64(s), 'f', -1, 32))), nil
}

func withPoint(s string) string {
	if strings.Contains(s, ".") {
		return s
	}
	return s + ".0"
}

// The two texts in which the book writes times of the local clock.
const (
	wallLayout  = "2006-01-02 15:04:05.000000"
	clockLayout = "02-01-2006, 15:04:05"
)

// wall is the time in a classification.
type wall time.Time

// MarshalText writes str(datetime.now()) but that six decimals are there even if all are zero.
func (w wall) MarshalText() ([]byte, error) { return []byte(time.Time(w).Format(wallLayout)), nil }

// clock is the time in a heartbeat.
type clock time.Time

// MarshalText writes strftime("%d-%m-%Y, %H:%M:%S").
func (c clock) MarshalText() ([]byte, error) { return []byte(time.Time(c).Format(clockLayout)), nil }
