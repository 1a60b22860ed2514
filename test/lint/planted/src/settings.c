	{"stockalert.listed", 1},
	{"stockalert.unlisted", 1},
