// Package defender reports metrics of a device to AWS IoT Device Defender, which
// raises an alarm when a device behaves otherwise than it should: it listens on
// a port that nobody knows, or speaks to somebody it never spoke to.
//
//	r, err := defender.New(out.Conn(), "hub-7", &defender.Options{Dir: "/var/lib/hub"})
//	if err != nil {
//		return err
//	}
//	err = r.Run(ctx)
//
// # What is reported
//
// From the system: the TCP and UDP ports that are listened on, the established
// TCP connections, and how much went over the network since the last report
// that the service accepted. On Linux that is read from /proc/net ([Proc]), for
// which no privilege is needed. What it shows is the network namespace of the
// process: within a container only the container's, for root as well. Android
// denies /proc/net to applications. On other systems there is nothing to read,
// which is an [*UnsupportedError].
//
// From the program: custom metrics ([Options.Custom]), under names that were
// registered with the service, on every system.
//
// # When
//
// Every [Options.Interval], 300 s at least, as the service throttles what comes
// more often; a restart does not make it more often either. Nothing is stored
// while there is no connection: the next report has the present state, and
// counters that go back to the last one.
//
// # Report identifiers
//
// The service wants identifiers that only grow, and recommends the time. An
// identifier is the time in seconds since 1970, but always above the last one,
// which is kept in Options.Dir before it is used: neither a clock that is set
// back nor a power cut makes one come twice.
package defender
