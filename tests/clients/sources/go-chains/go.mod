module chains

go 1.26
