package main

import (
	"encoding/json"
	"math"
	"time"
)

// identity goes in everything that the kit sends but its status. Device, Epoch, Seq and the topic name a message for ever: what arrives
// again has them again, so a consumer that keeps the highest Seq of each Device, Epoch and topic leaves out what is not above it.
//
// A board without a battery clock starts somewhere in the past, until the network tells it the time. So At is the clock as it stood, Synced
// says whether it was right, and Up is right in any case. When one message of an Epoch was synced, every message of that Epoch is in
// its place: it was taken at that message's At, less the difference of their Up. An Epoch without any is known by its neighbours only.
type identity struct {
	Device string    `json:"device"`
	Epoch  uint64    `json:"epoch"`  // which start of the device
	Seq    uint64    `json:"seq"`    // which message of that start on that topic, from 1; one that was refused leaves a gap
	At     time.Time `json:"at"`     // the clock
	Synced bool      `json:"synced"` // it had been set from outside
	Up     float64   `json:"up"`     // seconds since that start, on the monotonic clock
}

// identify is for uplink.publish, which fills the identity in.
func (i *identity) identify() *identity { return i }

// reading is what telemetry consists of.
type reading struct {
	identity
	Temperature float64    `json:"temperature"` // °C
	Humidity    float64    `json:"humidity"`    // %RH
	Pressure    float64    `json:"pressure"`    // hPa
	Accel       [3]float64 `json:"accel"`       // m/s²
	Shaking     float64    `json:"shaking"`     // m/s²
	Quality     string     `json:"quality,omitempty"`
}

// alarm says that a condition has begun or ended.
type alarm struct {
	identity
	Alarm string  `json:"alarm"`
	On    bool    `json:"on"`
	Value float64 `json:"value"`
}

// settings answers a command.
type settings struct {
	identity
	Interval string `json:"interval"`
	Error    string `json:"error,omitempty"` // why the command changed nothing
}

// presence is what the topic "status" says. The broker keeps it, and has it from the will too, so it has no identity.
func presence(device string, online bool) []byte {
	// No struct of strings and bools fails to become JSON.
	b, _ := json.Marshal(struct {
		Device string `json:"device"`
		Online bool   `json:"online"`
	}{device, online})
	return b
}

// round shortens a number to so many decimals: digits that mean nothing cost bytes all the same.
func round(v float64, decimals int) float64 {
	p := math.Pow10(decimals)
	return math.Round(v*p) / p
}
