package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/brinkml/brink/transport"
)

// command is what the kit takes on its topic "set". Fields that are missing stay as they are.
type command struct {
	Interval *string `json:"interval"`
}

// obey carries a command out and answers. A retained one comes again with every connection: it changes nothing then, and gets no answer.
func (k *kit) obey(_ context.Context, m transport.Inbound) {
	var c command
	err := json.Unmarshal(m.Payload, &c)
	was, now := k.every(), k.every()
	if err == nil && c.Interval != nil {
		now, err = time.ParseDuration(*c.Interval)
		if err == nil && (now < k.period || now > maxInterval) {
			err = fmt.Errorf("an interval is %v to %v", k.period, maxInterval)
		}
	}
	answer := settings{Interval: was.String()}
	switch {
	case err != nil:
		answer.Error = err.Error()
		k.log.Warn("a command was refused", "err", err)
	case now == was:
		return
	default:
		k.interval.Store(int64(now))
		answer.Interval = now.String()
		k.log.Info("the interval was changed", "from", was, "to", now)
	}
	_ = k.up.publish("settings", time.Now(), &answer) // it was logged
}
