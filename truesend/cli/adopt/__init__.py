"""`truesend adopt`: what Truesend finds on a CRM's database, before and after it comes, and what was overdue then."""
