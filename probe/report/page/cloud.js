// cloud
