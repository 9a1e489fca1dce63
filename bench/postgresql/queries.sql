-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- Queries in the manner of TPC-H: one a line, behind its name.
Q1 select returned, status, sum(quantity), sum(price), sum(price * (1 - discount)), sum(price * (1 - discount) * (1 + tax)), avg(quantity), avg(price), count(*) from lineitem where shipdate <= date '1998-09-01' group by returned, status order by returned, status
Q3 select l.orderkey, sum(l.price * (1 - l.discount)) as revenue, o.orderdate from customer c, orders o, lineitem l where c.segment = 'BUILDING' and c.custkey = o.custkey and l.orderkey = o.orderkey and o.orderdate < date '1995-03-15' and l.shipdate > date '1995-03-15' group by l.orderkey, o.orderdate order by revenue desc, l.orderkey limit 10
Q4 select priority, count(*) from orders o where orderdate >= date '1993-07-01' and exists (select from lineitem l where l.orderkey = o.orderkey and l.quantity > 30) group by priority order by priority
Q6 select sum(price * discount) from lineitem where shipdate >= date '1994-01-01' and shipdate < date '1995-01-01' and discount between 0.05 and 0.07 and quantity < 24
Q13 select made, count(*) from (select c.custkey, count(o.orderkey) as made from customer c left join orders o on c.custkey = o.custkey and o.priority <> 2 group by c.custkey) as per group by made order by made
