package optimize

// channelsLast leaves everything as it is: the smallest processors gain nothing by it, and their programs are to be small.
func channelsLast(*draft) int { return 0 }
