// Package replay reads recordings of sensors, plays them as sources, and
// writes them.
//
// A [Reader] goes through a CSV file row by row, in constant memory and without
// allocating for a row. [Options] say which columns are values, which are
// labels and which is the time; delimiter, line ends and a byte order mark are
// recognized. [SKAB], [AstroPiMk1] and [AstroPiMk2] are Options for well-known
// recordings.
//
//	rows, err := replay.Open("valve1/0.csv", replay.SKAB())
//	if err != nil {
//		return err
//	}
//	defer rows.Close()
//	for row, err := range rows.All() {
//		if err != nil {
//			return err
//		}
//		use(row.At, row.Values, row.Labels)
//	}
//
// A [Player] makes a [sensor.Source] of rows that keeps the recorded gaps, in
// real time, scaled, or without waiting:
//
//	player, err := replay.NewPlayer(rows, replay.Values, &replay.PlayerOptions{Speed: 60})
//
// A [Recorder] writes what a Reader reads back; [Tee] records what a source
// gives while someone else reads it. [OpenHAT] reads the .hat recordings of
// python-sense-emu.
//
// What is wrong with a file is an [*Error] with the file, the line and the
// column. Nothing in a file makes the package panic.
//
// Time is package time's, and no goroutine is started: a Player waits on the
// goroutine that reads it, in simulated time within a testing/synctest bubble.
package replay
