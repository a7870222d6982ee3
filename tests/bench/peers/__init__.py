"""What people would use instead: the same job done by general task queues, each as its own documentation recommends."""
