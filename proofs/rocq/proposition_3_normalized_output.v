(** With layer L normalised as well, beta = 0 and no activation after it, each output either is
    constant over the batch or has points of the batch strictly on each side of its decision
    boundary.

    Let t_n be the projections of one unit of the last layer over N >= 1 samples x_n, whatever the
    layers before, mu their mean, and y(x) = gamma (t - mu) / sigma + beta the output (Eq. 2-4).
    The decision boundary is {x : y(x) = 0}.

    1. The y(x_n) have the mean beta, which is 0, whatever gamma and sigma are ([mean_output]).
    2. If no y(x_n) is negative they are numbers >= 0 with the sum 0, so all are 0: the output is
       constant. The same if none is positive ([both_sides_or_zero]).
    3. Otherwise one is negative and one is positive.
    4. beta = 0 is needed: with beta = 2 an output may be 3 and 1 ([beta_is_needed]).

    What is general: any N >= 1, any set X of inputs and any map from X to the inputs of layer L
    (so any layers before, of any kind), any dimension d and number K of outputs, any rows, biases,
    gamma and sigma, over any real field R. The paper has sigma > 0; nothing here uses it. *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z>, and the mean of N numbers. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

(** A normalised last layer with d inputs and K outputs; mu comes from the batch. *)
Record layer d K := Layer {
  row : 'I_K -> 'rV[R]_d;
  bias : 'I_K -> R;
  gamma : 'I_K -> R;
  beta : 'I_K -> R;
  sigma : 'I_K -> R }.

(** Inputs X, the layers before, the last layer, and the batch of its statistics. *)
Variables (X : Type) (d K N : nat) (before : X -> 'rV[R]_d) (l : layer d K) (x : 'I_N -> X).

(** <w_k, z> + c_k at an input, and mu_k (Eq. 3). *)
Definition projection (k : 'I_K) (y : X) : R := inner (row l k) (before y) + bias l k.

Definition location (k : 'I_K) : R := mean (fun n => projection k (x n)).

(** Output k of the network: no activation follows (Eq. 2-4). *)
Definition output (k : 'I_K) (y : X) : R :=
  gamma l k * (projection k y - location k) / sigma l k + beta l k.

Definition constant (f : X -> R) : Prop := forall n n', f (x n) = f (x n').

(** Points of the batch strictly on each side of {y : f y = 0}. *)
Definition separates (f : X -> R) : Prop := (exists n, f (x n) < 0) /\ (exists n, 0 < f (x n)).

End Definitions.

Section Mean.

Variables (R : realFieldType) (N : nat).
Implicit Types t : 'I_N -> R.
Hypothesis N_gt0 : (0 < N)%N.

Let N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n. Qed.

(** Numbers >= 0 with the mean 0 are 0. *)
Lemma mean_eq0 t : (forall n, 0 <= t n) -> mean t = 0 -> forall n, t n = 0.
Proof.
move=> t_ge0 /eqP; rewrite mulf_eq0 invr_eq0 (negbTE N_neq0) orbF psumr_eq0 //.
by move=> /allP zero n; apply/eqP; have := zero n (mem_index_enum n).
Qed.

(** Step 2. *)
Lemma both_sides_or_zero t :
  mean t = 0 -> (forall n, t n = 0) \/ (exists n, t n < 0) /\ (exists n, 0 < t n).
Proof.
move=> mean0; have [/existsP neg | /existsPn nonneg] := boolP [exists n, t n < 0]; last first.
  by left; apply: mean_eq0 mean0 => n; rewrite leNgt.
have [/existsP pos | /existsPn nonpos] := boolP [exists n, 0 < t n]; first by right.
have opp0 : mean (fun n => - t n) = 0 by rewrite /mean sumrN mulNr -/(mean t) mean0 oppr0.
have opp_ge0 n : 0 <= - t n by rewrite oppr_ge0 leNgt.
by left=> n; apply: oppr_inj; rewrite oppr0 (mean_eq0 opp_ge0 opp0).
Qed.

(** Step 1: the mean of a (t_n - mean t) + b. *)
Lemma mean_normalised t (a b : R) : mean (fun n => a * (t n - mean t) + b) = b.
Proof.
rewrite /mean big_split -mulr_sumr sumrB !sumr_const card_ord -/(mean t) /=.
have -> : mean t *+ N = \sum_(n < N) t n by rewrite -mulr_natr divfK.
by rewrite subrr mulr0 add0r -(mulr_natr b) mulfK.
Qed.

End Mean.

Lemma mean_output (R : realFieldType) (X : Type) (d K N : nat)
    (before : X -> 'rV[R]_d) (l : layer R d K) (x : 'I_N -> X) (N_gt0 : (0 < N)%N) k :
  mean (fun n => output before l x k (x n)) = beta l k.
Proof.
rewrite -[RHS](mean_normalised N_gt0 (fun n => projection before l k (x n))
  (gamma l k / sigma l k)).
by congr (_ / _); apply: eq_bigr => n _; rewrite /output mulrAC.
Qed.

Theorem proposition_3_normalized_output (R : realFieldType) (X : Type) (d K N : nat)
    (before : X -> 'rV[R]_d) (l : layer R d K) (x : 'I_N -> X)
    (N_gt0 : (0 < N)%N) (beta0 : forall k, beta l k = 0) :
  forall k, constant x (output before l x k) \/ separates x (output before l x k).
Proof.
move=> k; have := mean_output before l x N_gt0 k; rewrite beta0.
by case/(both_sides_or_zero N_gt0) => [zero | sides]; [left=> n n'; rewrite !zero | right].
Qed.

Section Examples.

Variable R : realFieldType.

(** The inputs 1 and -1 of one number each, and the output (t - mu) / 1 + b with w = 1. *)
Definition two_points (n : 'I_2) : 'rV[R]_1 := const_mx ((-1) ^+ n).

Definition with_beta (b : R) : layer R 1 1 :=
  Layer (fun _ => const_mx 1) (fun _ => 0) (fun _ => 1) (fun _ => b) (fun _ => 1).

Lemma two_outputs b n : output id (with_beta b) two_points 0 (two_points n) = (-1) ^+ n + b.
Proof.
have projected m : projection id (with_beta b) 0 (two_points m) = (-1) ^+ m.
  by rewrite /projection /inner big_ord1 !mxE mul1r addr0.
have centred : location id (with_beta b) two_points 0 = 0.
  by rewrite /location /mean big_ord_recl big_ord1 !projected expr0 expr1 subrr mul0r.
by rewrite /output centred projected subr0 mul1r divr1.
Qed.

(** The hypothesis can be met with the output on both sides. *)
Example both_sides : separates two_points (output id (with_beta 0) two_points 0).
Proof.
split; [exists ord_max | exists ord0]; rewrite two_outputs addr0 ?expr0 ?expr1 ?ltr01 //.
by rewrite oppr_lt0 ltr01.
Qed.

(** Step 4. *)
Lemma beta_is_needed :
  let y := output id (with_beta 2%:R) two_points 0 in
  ~ constant two_points y /\ ~ separates two_points y.
Proof.
move=> y; split=> [/(_ ord0 ord_max) | [[n neg] _]].
  rewrite /y !two_outputs expr0 expr1 => /addIr/eqP.
  by rewrite -subr_eq0 opprK -(natrD _ 1 1) pnatr_eq0.
move: neg; rewrite /y two_outputs ltNge => /negP[]; case: n => [[|[|//]] bound] /=.
  by rewrite expr0 addr_ge0 ?ler01 ?ler0n.
by rewrite expr1 addrC subr_ge0 ler1n.
Qed.

End Examples.

Print Assumptions proposition_3_normalized_output.
