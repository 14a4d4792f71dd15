// Package stage has what stands between a sensor and its reader: stages, each of which is a [sensor.Source] made of
// another one. [Retry] asks again when a read has failed, [Validate] judges values by their range and how fast they
// change, [Stuck] notices a channel that no longer moves, [Average] and [Decimate] make one reading of several, and
// [Record] keeps a copy of each.
//
// Stages work on any type: what they have to know about it is a list of [sensor.Channel], such as [sensor.EnvChannels]
// and [sensor.MotionChannels], or one that a program writes in a few lines. They are put together by nesting, the one
// next to the sensor first:
//
//	valid, err := stage.NewValidate(dev, stage.EnvLimits(), &stage.ValidateOptions{Rule: stage.Refuse})
//	if err != nil {
//		return err
//	}
//	steady, err := stage.NewRetry(valid, nil) // asks again for a value that was refused, too
//	if err != nil {
//		return err
//	}
//	s, err := sensor.NewSampler(steady, time.Second, nil)
//
// # Order
//
// Each order is possible, and says something. Stuck belongs next to the sensor: behind an Average the steps of the
// converter are gone. Retry around Validate reads anew what a disturbance on the bus has spoilt; Validate around Retry
// would refuse it. Record next to the sensor records what came; around the others, what was made of it.
//
// # Rules of all stages
//
// No stage starts a goroutine, and none allocates for a read that succeeds. Time waits on the goroutine that reads, until
// the read's ctx ends. A stage passes on the flags of [sensor.Quality] that it gets and adds its own. An error that it
// does not treat comes out as it went in. Bad arguments of a constructor are reported all together.
package stage
