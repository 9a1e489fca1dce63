-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
-- Tables in the manner of TPC-H's, with numbers that are the same in every run;
-- :lines is how many lines all orders have, four each.
create table customer as
  select i as custkey, 'customer ' || i as name, i % 25 as nationkey,
         (array['BUILDING', 'MACHINERY', 'FURNITURE', 'HOUSEHOLD', 'AUTOMOBILE'])[i % 5 + 1] as segment,
         (i * 7919 % 1000000)::numeric / 100 as balance
    from generate_series(0, :lines / 40) i;
create table orders as
  select i as orderkey, i * 31 % (:lines / 40) as custkey,
         date '1992-01-01' + i * 17 % 2400 as orderdate, i % 3 as priority
    from generate_series(0, :lines / 4) i;
create table lineitem as
  select i / 4 as orderkey, i % 4 as number, i * 13 % 50 + 1 as quantity,
         (i * 7907 % 10000000)::numeric / 100 as price, (i % 11)::numeric / 100 as discount,
         (i % 9)::numeric / 100 as tax, (array['A', 'N', 'R'])[i % 3 + 1] as returned,
         (array['F', 'O'])[i / 3 % 2 + 1] as status, date '1992-01-01' + (i * 19 % 2500) as shipdate
    from generate_series(0, :lines) i;
analyze;
